/** The Element Plus parts that every page may use, with their styles; nothing else of it is loaded. */
import 'element-plus/es/components/base/style/css'
import 'element-plus/es/components/dialog/style/css'
import 'element-plus/es/components/input/style/css'
import 'element-plus/es/components/checkbox/style/css'
import 'element-plus/es/components/message/style/css'

export { ElDialog } from 'element-plus/es/components/dialog/index'
export { ElInput } from 'element-plus/es/components/input/index'
export { ElCheckbox } from 'element-plus/es/components/checkbox/index'
export { ElMessage } from 'element-plus/es/components/message/index'
export { ElConfigProvider } from 'element-plus/es/components/config-provider/index'
